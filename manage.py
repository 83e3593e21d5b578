#!/usr/bin/env python
import os
import sys

from runai_identity.commands import run_command

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "runai_identity.settings")
    run_command(sys.argv[1:])
