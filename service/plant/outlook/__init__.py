"""What comes, what it costs, what to do: forecasts shown only where they beat the naive one, and advice.

series.py    a figure shift by shift
forecast.py  exponential smoothing with intervals, backtested; the only user of statsmodels
copq.py      cost of poor quality by cause; pure
advice.py    ranked recommendations from groups that differ; pure
"""
