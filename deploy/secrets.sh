#!/bin/sh
# Makes the secrets of compose.yaml in ./secrets, once; what is there stays. Run it in deploy/.
set -eu
umask 077
mkdir -p secrets shows
word() { head -c 24 /dev/urandom | od -An -tx1 | tr -d ' \n'; }
make() { [ -s "secrets/$1" ] || printf '%s' "$2" > "secrets/$1"; }
make owner-password "$(word)"
make link-token "$(word)"
make metrics-token "$(word)"
make owner-database "postgresql+psycopg://castmate:$(cat secrets/owner-password)@database/castmate"
# Try it with the owner; for more than a try give nodes their own role: castmate fleet roles
make node-database "$(cat secrets/owner-database)"
# The containers' user, 10001, reads them through the mount.
chmod 755 secrets
chmod 644 secrets/*
