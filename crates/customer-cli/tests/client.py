#!/usr/bin/env python3
"""A client of the endpoint, written from its public signing rules alone.

    client.py URL CLIENT_ID SECRET TOKEN

creates, reads, finds, updates, bulk-updates, lists and deletes a customer, and
fails where an answer is not as documented.
"""

import hashlib
import hmac
import json
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

URL, CLIENT_ID, SECRET, TOKEN = sys.argv[1:]


def call(method, path, body=None, **headers):
    """Signs a request and sends it; gives the status, the body and the headers."""
    timestamp = str(time.time_ns() // 1_000_000)
    content = b"" if body is None else json.dumps(body).encode()
    body_hash = hashlib.sha256(content).hexdigest() if method in ("POST", "PUT", "PATCH") else ""
    signed = f"{method}:{path.split('?')[0]}:{timestamp}:{body_hash}"
    headers |= {
        "x-client-id": CLIENT_ID,
        "x-timestamp": timestamp,
        "x-signature": hmac.new(SECRET.encode(), signed.encode(), hashlib.sha256).hexdigest(),
        "authorization": f"Bearer {TOKEN}",
        "content-type": "application/json",
    }
    request = urllib.request.Request(f"{URL}/partners{path}", content or None, headers, method=method)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer), answer.headers
    except urllib.error.HTTPError as answer:
        return answer.code, json.load(answer), answer.headers


def expect(expected, got):
    assert got == expected, f"expected {expected!r}, got {got!r}"


status, created, headers = call("POST", "/customers", {"customer": "Žluťoučký kůň", "email": "Ann@acme.example"})
expect((201, "success"), (status, created["status"]))
uuid = created["data"]["uuid"]

status, read, headers = call("GET", f"/customers/{uuid}")
expect((200, created["data"]), (status, read["data"]))

query = urllib.parse.urlencode({"email": "ANN@ACME.EXAMPLE"})
status, found, _ = call("GET", f"/customers/find-by-email?{query}")
expect((200, created["data"]), (status, found["data"]))

status, updated, _ = call("PATCH", f"/customers/{uuid}", {"mainPhone": "+14155550100"}, **{"if-match": headers["etag"]})
expect((200, "+14155550100"), (status, updated["data"]["mainPhone"]))
status, refused, _ = call("PUT", f"/customers/{uuid}", {"mainPhone": None}, **{"if-match": headers["etag"]})
expect((412, "PRECONDITION_FAILED"), (status, refused["code"]))
status, updated, _ = call("PUT", f"/customers/{uuid}", {"billingAddress": {"city": "Paris"}})
expect((200, "+14155550100"), (status, updated["data"]["mainPhone"]))

rows = [{"uuid": uuid, "status": "inactive"}, {"uuid": uuid, "email": None}]
status, bulk, _ = call("PATCH", "/customers/bulk", {"customers": rows})
expect((201, 1, 1), (status, bulk["data"]["successCount"], bulk["data"]["errorCount"]))
expect("inactive", bulk["data"]["results"][0]["customer"]["status"])

status, listed, _ = call("GET", "/customers?search=acme&page=1&limit=10&orderBy=email&orderDirection=desc")
expect((200, 1, [uuid]), (status, listed["data"]["totalRecords"], [c["uuid"] for c in listed["data"]["records"]]))

status, deleted, _ = call("DELETE", f"/customers/{uuid}")
expect((200, "success"), (status, deleted["status"]))
status, gone, _ = call("GET", f"/customers/{uuid}")
expect((404, "CUSTOMER_NOT_FOUND"), (status, gone["code"]))

TOKEN += "x"
status, stranger, _ = call("GET", "/customers")
expect((401, "UNAUTHORIZED"), (status, stranger["code"]))
print("created, read, found, updated, bulk-updated, listed, deleted")
