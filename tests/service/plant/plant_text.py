"""A plant's settings as text: what stands before its lines, and behind them."""

HEAD = """
enterprise = "mill"
site = "north"
data_dir = "plant"
registry_dir = "registry"
host = "127.0.0.1"
port = 0
time_zone = "Asia/Almaty"
"""
ACCEPTANCE = """
[acceptance]
first_points_per_100_m2 = 20.0
second_points_per_100_m2 = 40.0
"""


def line(name: str) -> str:
    return f'[[lines]]\nline = "{name}"\ntoken_file = "{name}.token"\n'
