"""What all tests share: this directory on the path, for `factories`."""
