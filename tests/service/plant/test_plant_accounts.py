from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from service.plant.accounts import Accounts
from service.plant.errors import PlantError
from service.plant.store.database import Database, sqlite_url
from service.plant.store.people import Owner, audit_page
from service.plant.store.tables import USERS
from service.plant.views.people import AuditFilter, Role

NOW = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
GOOD = "a long password"


@pytest.fixture
def accounts(empty_database: Path, tmp_path: Path) -> Iterator[Accounts]:
    path = tmp_path / "accounts.sqlite3"
    path.write_bytes(empty_database.read_bytes())
    database = Database.open(sqlite_url(path))
    fast = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    yield Accounts(
        database=database,
        owner=Owner(enterprise="mill", site="north"),
        line_names=("loom-1", "loom-2"),
        now=lambda: NOW,
        hasher=fast,
    )
    database.close()


def test_the_first_admin_gets_a_password_once(accounts: Accounts) -> None:
    password = accounts.first_admin_password()
    assert password is not None
    assert accounts.first_admin_password() is None
    user = accounts.verify("admin", password)
    assert user is not None
    assert (user.role, user.must_change_password) == (Role.ADMIN, True)


def test_only_the_right_password_of_a_known_user_fits(accounts: Accounts) -> None:
    accounts.create("aigul", GOOD, Role.TECHNICIAN, "admin")
    assert accounts.verify("aigul", GOOD) is not None
    assert accounts.verify("aigul", GOOD + "!") is None
    assert accounts.verify("nobody", GOOD) is None
    assert accounts.verify("aigul", "x" * 100_000) is None


def test_passwords_are_kept_as_argon2_hashes_only(accounts: Accounts) -> None:
    accounts.create("aigul", GOOD, Role.VIEWER, "admin")
    with accounts.database.read() as tx:
        row = tx.execute(select(USERS)).one()
    assert row.password_hash.startswith("$argon2id$")
    assert GOOD not in str(row)


def test_a_changed_password_replaces_the_old_one(accounts: Accounts) -> None:
    accounts.create("aigul", GOOD, Role.VIEWER, "admin")
    accounts.change_password("aigul", GOOD, "another long one")
    assert accounts.verify("aigul", GOOD) is None
    user = accounts.verify("aigul", "another long one")
    assert user is not None
    assert not user.must_change_password


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ("not the password", "another long one", "wrong_password"),
        (GOOD, "short", "weak_password"),
        (GOOD, GOOD, "weak_password"),
        (GOOD, "x" * 201, "weak_password"),
    ],
)
def test_a_password_that_can_not_be_is_refused(accounts: Accounts, old: str, new: str, problem: str) -> None:
    accounts.create("aigul", GOOD, Role.VIEWER, "admin")
    with pytest.raises(PlantError) as caught:
        accounts.change_password("aigul", old, new)
    assert caught.value.problem == problem
    assert accounts.verify("aigul", GOOD) is not None


@pytest.mark.parametrize(
    ("login", "password", "problem"),
    [
        ("aigul", GOOD, "user_exists"),
        ("Aigul", GOOD, "bad_login"),
        ("a b", GOOD, "bad_login"),
        ("aigul\n", GOOD, "bad_login"),
        ("berik-berik", "berik-berik", "weak_password"),
    ],
)
def test_a_user_that_can_not_be_made_is_refused(
    accounts: Accounts, login: str, password: str, problem: str
) -> None:
    accounts.create("aigul", GOOD, Role.VIEWER, "admin")
    with pytest.raises(PlantError) as caught:
        accounts.create(login, password, Role.VIEWER, "admin")
    assert caught.value.problem == problem
    assert [user.login for user in accounts.listing()] == ["aigul"]


def test_the_last_admin_stays(accounts: Accounts) -> None:
    accounts.create("one", GOOD, Role.ADMIN, "system")
    for attempt in (
        lambda: accounts.remove("one", "one"),
        lambda: accounts.set_role("one", Role.VIEWER, "one"),
    ):
        with pytest.raises(PlantError) as caught:
            attempt()
        assert caught.value.problem == "last_admin"
    accounts.create("two", GOOD, Role.ADMIN, "one")
    accounts.remove("one", "two")
    assert accounts.get("one") is None


def test_changes_of_users_are_in_the_audit_log(accounts: Accounts) -> None:
    accounts.create("aigul", GOOD, Role.VIEWER, "admin")
    accounts.set_role("aigul", Role.ENGINEER, "admin")
    with accounts.database.read() as tx:
        total, (newest, _) = audit_page(tx, 0, 10, AuditFilter())
    assert (total, newest.action, newest.detail) == (2, "set_role", {"before": "viewer", "role": "engineer"})


def test_an_unknown_user_is_named(accounts: Accounts) -> None:
    with pytest.raises(PlantError, match="user 'nobody' is not known"):
        accounts.set_role("nobody", Role.ADMIN, "admin")


def test_each_role_may_do_what_the_ones_before_it_may() -> None:
    order = [Role.VIEWER, Role.TECHNICIAN, Role.ENGINEER, Role.MANAGER, Role.ADMIN]
    for at, role in enumerate(order):
        assert [role.may_act_as(needed) for needed in order] == [i <= at for i in range(5)]


def test_a_forgotten_password_is_replaced_by_one_that_must_be_changed(accounts: Accounts) -> None:
    accounts.create("aigul", GOOD, Role.TECHNICIAN, "admin")
    new = accounts.reset_password("aigul", "console")
    assert accounts.verify("aigul", GOOD) is None
    user = accounts.verify("aigul", new)
    assert user is not None
    assert user.must_change_password
    with accounts.database.read() as tx:
        _, entries = audit_page(tx, 0, 10, AuditFilter())
    assert (entries[0].action, entries[0].user, entries[0].subject) == ("reset_password", "console", "aigul")
    assert new not in str(entries)


def test_nobody_gets_a_password_by_a_reset(accounts: Accounts) -> None:
    with pytest.raises(PlantError, match="nobody"):
        accounts.reset_password("nobody", "console")
