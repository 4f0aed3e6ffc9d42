"""The journal under TinyDB: one checksummed line a transaction, in segments, beside a snapshot."""
