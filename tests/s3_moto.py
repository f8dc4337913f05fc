"""Runs in .venv/s3: an S3 service of others, with one bucket and two people, that checks every signature.

Prints "PORT KEY_ID KEY READER_ID READER_KEY" once it listens; ends with its standard input.
"""

import json
import os
import sys

os.environ["INITIAL_NO_AUTH_ACTION_COUNT"] = "0"
os.environ["MOTO_S3_CUSTOM_ENDPOINTS"] = ""

from moto.iam.models import iam_backends
from moto.s3.models import s3_backends
from moto.server import ThreadedMotoServer

ACCOUNT, BUCKET = "123456789012", "castmate"


def person(name: str, *actions: str) -> str:
    people = iam_backends[ACCOUNT]["aws"]
    people.create_user("us-east-1", name)
    allowed = {"Effect": "Allow", "Action": list(actions), "Resource": "*"}
    people.put_user_policy(name, "all", json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    made = people.create_access_key(name)
    return f"{made.access_key_id} {made.secret_access_key}"


s3_backends[ACCOUNT]["aws"].create_bucket(BUCKET, "us-east-1")
both = person("castmate", "s3:*"), person("reader", "s3:GetObject", "s3:ListBucket")
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
print(server.get_host_and_port()[1], *both, flush=True)
sys.stdin.read()
