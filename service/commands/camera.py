"""maqta camera: find, look at, measure, choose and focus a camera."""

import argparse

from service.commands.actions import add_actions
from service.commands.camera_actions import ACTIONS

NAME = "camera"
HELP = "Find, show, grab from, measure, plan or focus a camera."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add this command's actions."""
    add_actions(parser, ACTIONS)


def run(args: argparse.Namespace) -> int:
    """Do the action."""
    return int(args.action.run(args))


def errors() -> tuple[type[Exception], ...]:
    """Exceptions whose message is for the person at the keyboard."""
    from service.camera_plan import PlanError
    from service.line.errors import LineError
    from service.settings_file import SettingsError
    from vision.types import VisionError

    return (VisionError, LineError, SettingsError, PlanError, OSError)
