"""The plant's face: REST API, panel and their languages on one FastAPI application.

main.py       runs the plant process: opens Plant, serves, stops cleanly
app.py        puts API, login forms and panel together; used by main and by tests
context.py    what every request may reach: plant, sessions, texts, clock
sessions.py   who is logged in: one mechanism for API and panel
security.py   headers on every answer, Origin check on every changing request
throttle.py   slows down password guessing without locking anybody out
login.py      the login, password and language forms: plain HTML, no script needed
people.py     the admin's page of people, plain HTML too
api/          endpoints under /api/v1: a signature, a call, a return
panel/        NiceGUI pages: each section is a pure function from views to HTML
i18n/         one catalogue of texts in kk, ru, en; numbers and dates

No SQL and no rule of its own stands here: every question and every button goes to
`service.plant.plant.Plant`.
"""
