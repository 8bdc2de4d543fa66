"""Calls the server through the Python client of openapi-generator: flow.py URL"""

import sys

import openapi_client as api
from openapi_client.exceptions import ApiException

client = api.ApiClient(api.Configuration(host=sys.argv[1]))
customers = api.CustomersApi(client)

created = customers.create_customer(api.CustomerCreate(customer="Acme", email="ann@acme.example", mainPhone="+14155550100"))
customer = created.data
assert (created.status, customer.main_phone, customer.website) == ("success", "+14155550100", None), created
uuid = customer.uuid

# The request contains a field that is set to null, but not a field that is not set.
update = api.CustomerUpdate(mainPhone=None, billingAddress=api.AddressInput(city="Paris"))
updated = customers.update_customer(uuid, update)
assert updated.data.main_phone is None and updated.data.customer == "Acme", updated
assert updated.data.billing_address.city == "Paris", updated
warned = customers.update_customer(uuid, api.CustomerUpdate(website="acme.example"))
assert warned.warnings[0].code == api.WarningCode.WEBSITE_WITHOUT_PROTOCOL, warned

assert customers.get_customer(uuid).data.uuid == uuid
assert customers.find_customer_by_email("ANN@acme.example").data.uuid == uuid
page = customers.list_customers(search="acme", order_by="email", order_direction="DESC").data
assert (page.total_records, [record.uuid for record in page.records]) == (1, [uuid]), page

rows = [api.BulkRow(uuid=uuid, status=api.Status.INACTIVE), api.BulkRow(uuid=uuid, email="nope")]
bulk = customers.bulk_update_customers(api.BulkUpdate(customers=rows)).data
done, failed = (row.actual_instance for row in bulk.results)
assert (bulk.success_count, bulk.error_count) == (1, 1), bulk
assert done.customer.status == api.Status.INACTIVE, done
assert failed.error.errors[0].code == api.ViolationCode.INVALID_EMAIL, failed

bob = api.CustomerCreate(customer="Bob", email="bob@acme.example")
bulk = customers.bulk_create_customers(api.BulkCreate(customers=[bob, bob])).data
done, failed = (row.actual_instance for row in bulk.results)
assert done.customer.email == "bob@acme.example", done
assert failed.error.code == api.ErrorCode.EMAIL_ALREADY_EXISTS, failed
assert failed.error.details.uuid == done.customer.uuid, failed

try:
    customers.create_customer(api.CustomerCreate(customer="Acme", email="Ann@acme.example"))
    raise SystemExit("the email address was accepted twice")
except ApiException as conflict:
    assert (conflict.status, conflict.data.code) == (409, api.ErrorCode.EMAIL_ALREADY_EXISTS), conflict

assert customers.delete_customer(uuid).data is None
try:
    customers.get_customer(uuid)
    raise SystemExit("the customer is still there")
except ApiException as gone:
    assert (gone.status, gone.data.code) == (404, api.ErrorCode.CUSTOMER_NOT_FOUND), gone
assert api.ServiceApi(client).health().status == "success"
