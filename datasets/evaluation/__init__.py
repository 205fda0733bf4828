"""How well a recipe finds what is marked in a labelled set: `maqta evaluate` and `benchmarks/accuracy.py`.

measures.py         AUROC, AP and AUPRO in numpy
results.py          the records: a tested strip, a marked region, a run over an article
truth.py            the marked regions of a picture, each with its kind
protocol.py         one picture inspected as on the line and held against its truth
splitting.py        what may be learnt and what tested: by strip or roll, never by crop
runs.py             a recipe, or articles learnt from half their good strips, over a set
figures.py          the table's figures; bootstrap.py: their 90 % intervals
kinds.py            what regions were called, by kind and size
texts.py            the table as text and as JSON
report.py           the HTML page, with report_tables, report_charts, report_pictures and report.html
"""
