"""The REST API under /api/v1. Machines bring a bearer token, people a session cookie.

access.py    who is asking, and whether their role suffices
body.py      reads request bodies up to a limit, unpacking gzip safely
problems.py  every error as problem+json (RFC 9457)
schemas.py   bodies that are not already records of the plant
routes.py    puts the endpoint modules (ingest, lines, rolls, feeds, kpis, exports, people, bundles) together
"""
