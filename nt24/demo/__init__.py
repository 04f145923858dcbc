"""What `seed_demo` and `run_demo` bring: demo tenants, and one order driven over HTTP like any partner would.

Nothing here knows a feature app: the tenants are made by the actions of `nt24.partners`, the order by the API.
"""
