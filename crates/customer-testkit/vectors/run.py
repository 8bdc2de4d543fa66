#!/usr/bin/env python3
"""Runs core.ndjson against a command: run.py COMMAND [ARGUMENT…]

The command reads the cases from standard input and writes one response per line, which
is the response of the endpoint and, on success, `changed`. README.md has the format.
"""
import json
import subprocess
import sys
from datetime import datetime
from pathlib import Path


def record(data):
    """A record, with its times as instants."""
    times = {name: datetime.fromisoformat(data[name]) for name in ("createdAt", "updatedAt")}
    return {**data, **times}


def pairs(findings):
    return {(finding["field"], finding["code"]) for finding in findings}


def result(response):
    """What the vectors expect of a response."""
    if response["status"] == "success":
        changed, warnings = set(response["changed"]), pairs(response.get("warnings", []))
        return record(response["data"]), changed, warnings
    return response["code"], pairs(response.get("errors", []))


def expected(expect):
    if expect["status"] == "success":
        warnings = {tuple(pair) for pair in expect["warnings"]}
        return record(expect["data"]), set(expect["changed"]), warnings
    return expect["code"], {tuple(pair) for pair in expect.get("errors", [])}


cases = (Path(__file__).parent / "core.ndjson").read_text().splitlines()
run = subprocess.run(sys.argv[1:], input="\n".join(cases), stdout=subprocess.PIPE, text=True)
responses = run.stdout.splitlines()
failed = abs(len(cases) - len(responses))
for case, response in zip(map(json.loads, cases), map(json.loads, responses)):
    if result(response) != expected(case["expect"]):
        failed += 1
        print(f"{case['id']}: expected {case['expect']}, got {response}")
print(f"{len(cases)} cases, {failed} failed")
sys.exit(failed > 0)
