#!/bin/sh
# Imports customers into a SQLite store, changes some, exports all, and reads the changes.
# Run it in an empty directory, with `customer` in the PATH.
set -eu
demo=$(dirname "$0")
export CUSTOMER_STORE=sqlite:demo.db

# The file has its own column names. One line is invalid: exit code 1.
customer import "$demo/customers.csv" --rejected rejected.csv \
    --map Company=customer --map E-mail=email --map Phone=mainPhone \
    --map Town=billingAddress.city --map Notes= || test $? -eq 1

# A person corrects the rejected line, in a spreadsheet or here.
sed 's/not an address/hello@gizmo.example/' rejected.csv > corrected.csv
customer import corrected.csv \
    --map Company=customer --map E-mail=email --map Phone=mainPhone \
    --map Town=billingAddress.city --map Notes=

# One customer changes.
id=$(customer list --search ann@acme.example | sed 's/.*"uuid":"\([^"]*\)".*/\1/')
echo '{"contacts": [{"name": "Ann Lee", "isPrimary": true}]}' | customer contacts "$id" >/dev/null

# Importing the export changes nothing. Later changes are read from its position in the
# change log.
position=$(customer export all.csv 2>&1 | sed 's/.* //')
customer import all.csv
echo '{"status": "inactive"}' | customer update "$id" >/dev/null
customer changes --after "$position" 2>/dev/null
cat all.csv
