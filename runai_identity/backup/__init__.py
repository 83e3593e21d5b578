"""`manage.py backup` and `manage.py restore`: every row of one moment, in a file that only our encryption keys open."""
