"""Make the admin's first page: what needs attention, how many there are of what, and sign-ins by day.

Everything is asked through the pages of the admin themselves, so that nobody reads here what their lists hide. The
number of statements is fixed, and none counts beyond MOST_COUNTED.
"""
