// Calls the server through the TypeScript client of openapi-ts: flow.js URL

import assert from "node:assert/strict";

import { client } from "./client/client.gen.js";
import {
  bulkCreateCustomers,
  bulkUpdateCustomers,
  createCustomer,
  deleteCustomer,
  findCustomerByEmail,
  getCustomer,
  health,
  listCustomers,
  updateCustomer,
} from "./client/index.js";

client.setConfig({ baseUrl: process.argv[2] });

const created = await createCustomer({
  body: { customer: "Acme", email: "ann@acme.example", mainPhone: "+14155550100" },
  throwOnError: true,
});
const { uuid, mainPhone, website } = created.data.data;
assert.deepEqual([mainPhone, website], ["+14155550100", null]);

const path = { uuid };
const body = { mainPhone: null, billingAddress: { city: "Paris" } };
const updated = (await updateCustomer({ path, body, throwOnError: true })).data.data;
assert.deepEqual([updated.mainPhone, updated.customer], [null, "Acme"]);
assert.equal(updated.billingAddress?.city, "Paris");
const warned = await updateCustomer({ path, body: { website: "acme.example" }, throwOnError: true });
assert.equal(warned.data.warnings?.[0]?.code, "WEBSITE_WITHOUT_PROTOCOL");

assert.equal((await getCustomer({ path, throwOnError: true })).data.data.uuid, uuid);
const email = "ANN@acme.example";
assert.equal((await findCustomerByEmail({ query: { email }, throwOnError: true })).data.data.uuid, uuid);
const query = { search: "acme", orderBy: "email", orderDirection: "DESC" } as const;
const page = (await listCustomers({ query, throwOnError: true })).data.data;
assert.deepEqual([page.totalRecords, page.records.map((record) => record.uuid)], [1, [uuid]]);

const rows = { customers: [{ uuid, status: "inactive" as const }, { uuid, email: "nope" }] };
const [done, failed] = (await bulkUpdateCustomers({ body: rows, throwOnError: true })).data.data.results;
assert(done && "customer" in done && failed && "error" in failed);
assert.equal(done.customer.status, "inactive");
assert.equal(failed.error.errors?.[0]?.code, "INVALID_EMAIL");

const bob = { customer: "Bob", email: "bob@acme.example" };
const bobs = (await bulkCreateCustomers({ body: { customers: [bob, bob] }, throwOnError: true })).data.data.results;
const [first, second] = bobs;
assert(first && "customer" in first && second && "error" in second);
assert.equal(second.error.details?.uuid, first.customer.uuid);

const conflict = await createCustomer({ body: { customer: "Acme", email } });
assert.deepEqual([conflict.response?.status, conflict.error?.code], [409, "EMAIL_ALREADY_EXISTS"]);

assert.equal((await deleteCustomer({ path, throwOnError: true })).data.status, "success");
const gone = await getCustomer({ path });
assert.deepEqual([gone.response?.status, gone.error?.code], [404, "CUSTOMER_NOT_FOUND"]);
assert.equal((await health({ throwOnError: true })).data.status, "success");
