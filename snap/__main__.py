"""`python -m snap`: the same program as `snap`, for machines where another snap comes first on PATH."""

from snap.cli import main

if __name__ == "__main__":
    raise SystemExit(main())
