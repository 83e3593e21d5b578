"""Compare what a real cluster was told with what we serve for it: which line is wrong, and what to write there.

Pure. It fetches nothing, keeps nothing, and drops every secret while reading.
"""
