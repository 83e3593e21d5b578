import sys

from runai_identity_cli.main import main

sys.exit(main())
