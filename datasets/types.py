"""The error of datasets: something stored, read or asked for is not as it must be.

DatasetError
└── DiskError    the disk refuses: full, read-only, no rights
"""


class DatasetError(Exception):
    """A picture, a label, a folder or a version is not as it must be; the message names it and the cure."""


class DiskError(DatasetError):
    """The disk refused to keep something: it is full or read-only, or the rights don't suffice."""
