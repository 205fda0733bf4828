"""The one error of datasets: something stored, read or asked for is not as it must be."""


class DatasetError(Exception):
    """A picture, a label, a folder or a version is not as it must be; the message names it and the cure."""
