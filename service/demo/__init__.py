"""The demo of `maqta run`: one fabric line and one fibre line on rendered material, and the plant."""
