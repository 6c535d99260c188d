#!/usr/bin/env python3
"""Writes crates/cost/prices.csv, the price list that is built in, from a file of collected prices.

Usage: scripts/prices.py FROM.csv            writes the file
       scripts/prices.py FROM.csv --check    writes nothing; fails if the file is not what it would write

FROM.csv has the columns service, sku_id, description, region, unit, tier_start, price_usd, source; a source
begins with its grade. What is written has one row for each service, description, region, unit and tier_start:

    A  Infracost's test data, which was priced from Google's catalog
    B  Google's catalog, as somebody quoted it
    C  Google's price pages or the catalog, as somebody transcribed them
    D  worked out from other prices

Where rows disagree or repeat, the better grade wins, and of equals the newer. A source that WORDS does not know
is an error, so that each row says in plain words where it is from. A month without a day counts as its first.
"""
import csv
import decimal
import io
import pathlib
import re
import sys

TARGET = pathlib.Path(__file__).resolve().parent.parent / "crates" / "cost" / "prices.csv"
COLUMNS = ["service", "sku_id", "description", "region", "unit", "tier_start", "price_usd", "grade", "source", "date"]

# What a part of a source says -> what we say. The first that is found speaks for its part.
WORDS = [
    (r"infracost golden ([a-z0-9_]+?)_test\b", r"Infracost's test of \1"),
    (r"infracost registry\.go FreeResources", "Infracost's list of free resources"),
    (r"Cyclenerd/google-cloud-pricing-cost-calculator pricing\.yml@(\w+)",
     r"Google's catalog, by Cyclenerd/google-cloud-pricing-cost-calculator@\1"),
    (r"(?i)x7even/cloudcostsmcp|x7even gcp_pubsub\.go", "Google's catalog, quoted in x7even/cloudcostsmcp"),
    (r"live Billing Catalog via Infracost API", "Google's catalog, quoted through Infracost's price API"),
    (r"live Billing Catalog|live catalog quoted|^live\b|^index file 70588198107", "Google's catalog, quoted"),
    (r"official pricing page|pricing page|cloud\.google\.com/bigquery/pricing|run/pricing", "Google's price page, quoted"),
    (r"togen fixture", "Google's catalog, in the test data of togen"),
    (r"inferred from tier ratio", "Worked out from the other prices of its tier"),
    (r"gist bindiego (\w+)", r"Google's price page, quoted in bindiego's gist \1"),
    (r"^index file (56597548388|20145435856)$", "Google's price page, quoted"),
]
# What a source adds that a reader should know.
NOTES = [
    (r"sum over both regions", "the sum of both regions"),
    (r"TIER AMBIGUOUS", "tier 1 by the catalog, tier 2 by the documentation"),
    (r"values look multi-region", "the page does not say whether for single regions too"),
    (r"NO SOONER THAN (\d{4}-\d\d-\d\d)", r"charged no sooner than \1"),
    (r"applied as spend credit", "applied as a credit, not as a tier"),
    (r"no SKU exists", "there is no SKU"),
    (r"\(\$0\.01/200 MiB\)", "$0.01 for 200 MiB"),
]
DATE = re.compile(r"\b(20[1-3]\d)(?:-(\d\d)(?:-(\d\d))?)?((?:[/&, ]+\d\d(?:-\d\d)?\b)*)")


def dates(text):
    """All dates in a text; `2026-07-26/09-28` are two."""
    found = []
    for year, month, day, rest in DATE.findall(re.sub(r"NO SOONER THAN \S+", "", text)):
        found.append(f"{year}-{month or '01'}-{day or '01'}")
        for piece in re.findall(r"\d\d(?:-\d\d)?", rest):
            if "-" in piece:
                found.append(f"{year}-{piece}")
            elif day:
                found.append(f"{year}-{month}-{piece}")
    return found


def words(source):
    """A source as (grade, words, date)."""
    grade, rest = source[0], source[2:]
    if grade not in "ABCD" or source[1] != ":":
        sys.exit(f"error: source has no grade: {source}")
    said = []
    for part in re.split(r"[;+]", rest):
        part = re.sub(r"^[ABCD]:", "", part.strip())
        for pattern, text in WORDS:
            match = re.search(pattern, part)
            if match:
                text = match.expand(text)
                if text not in said:
                    said.append(text)
                break
    if not said:
        sys.exit(f"error: no words for the source {source!r}: add them to WORDS")
    for pattern, text in NOTES:
        match = re.search(pattern, rest)
        if match:
            said.append(match.expand(text))
    opaque = re.sub(r"index files? [\d, /]+|@\w+", "", rest)
    return grade, "; ".join(said), max(dates(opaque), default="")


def number(text):
    """A decimal without an exponent or trailing zeros."""
    return f"{decimal.Decimal(text).normalize():f}"


def prices(rows):
    best = {}
    for row in rows:
        grade, source, date = words(row["source"])
        sku_id = row["sku_id"].strip()
        price = {
            "service": row["service"],
            # An id that its finder doubts is no id.
            "sku_id": "" if sku_id.endswith("?") else sku_id,
            "description": " ".join(row["description"].split()),
            "region": row["region"],
            "unit": row["unit"],
            "tier_start": number(row["tier_start"]),
            "price_usd": number(row["price_usd"]),
            "grade": grade,
            "source": source,
            "date": date,
        }
        key = tuple(price[it] for it in ("service", "description", "region", "unit", "tier_start"))
        old = best.get(key)
        if old is None or (price["grade"], [-ord(it) for it in price["date"]]) < (
            old["grade"],
            [-ord(it) for it in old["date"]],
        ):
            best[key] = price
    return sorted(
        best.values(),
        key=lambda it: (it["service"], it["description"], it["region"], it["unit"], decimal.Decimal(it["tier_start"])),
    )


def main():
    arguments = [it for it in sys.argv[1:] if it != "--check"]
    if len(arguments) != 1:
        sys.exit(__doc__)
    with open(arguments[0], newline="") as file:
        rows = prices(csv.DictReader(file))
    out = io.StringIO()
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    if "--check" in sys.argv:
        if TARGET.read_text() != out.getvalue():
            sys.exit(f"error: {TARGET.name} is not what {arguments[0]} gives")
    else:
        TARGET.write_text(out.getvalue())
        print(f"{TARGET.name}: {len(rows)} rows")


if __name__ == "__main__":
    main()
