#!/usr/bin/env python3
"""Signatures computed with Python's hmac and hashlib, as expected values for the tests.

To renew the table: ./signatures.py > signatures.ndjson
"""

import hashlib
import hmac
import json

SHORT = "kept-between-the-client-and-the-server"
LONG = "a secret of more bytes than a block of the hash has, which HMAC hashes first: ü"
ID = "67e55044-10b1-426f-9247-bb680e5fe0c8"

# secret, method, path as sent, x-timestamp, body
REQUESTS = [
    (SHORT, "GET", "/partners/customers", "1795608000", b""),
    (SHORT, "GET", "/partners/customers", "1795608000000", b""),
    (SHORT, "GET", "/partners/customers?page=2&limit=10", "1795608000", b""),
    (SHORT, "GET", "/partners/customers/find-by-email?email=ann%40acme.example", "1795608000", b""),
    (SHORT, "GET", f"/partners/customers/{ID}", "0", b""),
    (SHORT, "HEAD", f"/partners/customers/{ID}", "1795608000", b""),
    (SHORT, "DELETE", f"/partners/customers/{ID}", "1795608000", b""),
    (SHORT, "POST", "/partners/customers", "1795608000", b'{"customer":"Acme","email":"ann@acme.example"}'),
    (SHORT, "PUT", f"/partners/customers/{ID}", "1795608000", b'{"mainPhone": null}'),
    (SHORT, "PATCH", f"/partners/customers/{ID}", "1795608000123", "{\"customer\":\"Žluťoučký kůň 🐎\"}\n".encode()),
    (SHORT, "PATCH", f"/partners/customers/{ID}", "01795608000", bytes(range(256))),
    (SHORT, "PATCH", "/partners/customers/bulk", "1795608000", b"x" * 500),
    (SHORT, "POST", "/partners/customers/bulk", "1795608000", b""),
    (SHORT, "PATCH", "/partners/customers/%7E:a:b", "1795608000", b":"),
    (LONG, "PUT", f"/partners/customers/{ID}", "1795608000", b"{}"),
    (LONG, "GET", "/partners", "1795608000", b""),
    (LONG, "GET", "/partnership/customers", "1795608000", b""),
]


def signature(secret, method, path, timestamp, body):
    path = path.split("?")[0]
    if path == "/partners" or path.startswith("/partners/"):
        path = path[len("/partners"):]
    body_hash = hashlib.sha256(body).hexdigest() if method in ("POST", "PUT", "PATCH") else ""
    text = f"{method}:{path}:{timestamp}:{body_hash}"
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


for secret, method, path, timestamp, body in REQUESTS:
    print(json.dumps({
        "secret": secret,
        "method": method,
        "path": path,
        "timestamp": timestamp,
        "bodyHex": body.hex(),
        "signature": signature(secret, method, path, timestamp, body),
    }, ensure_ascii=False))
