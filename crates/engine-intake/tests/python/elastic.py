"""Sends numbered documents with the official client of Elasticsearch.

Arguments: URL, way to show the token (api_key, basic, bearer), token, number of documents, file of the authority
(or "-"). Prints what the client counted as stored.
"""

import sys

from elasticsearch import Elasticsearch, helpers

url, way, token, count, authority = sys.argv[1:]
shown = {
    "api_key": {"api_key": ("any", token)},
    "api_key_plain": {"api_key": token},
    "basic": {"basic_auth": ("winlogbeat", token)},
    "bearer": {"bearer_auth": token},
}[way]
if authority != "-":
    shown["ca_certs"] = authority
client = Elasticsearch(url, http_compress=True, retry_on_timeout=True, max_retries=5, **shown)
print("version", client.info()["version"]["number"])
bodies = ["Đăng nhập thất bại «quản trị»", 'quote " and \\ backslash', "x" * 1500, "", "tab\tline\nfeed"]
actions = (
    {
        "_op_type": "create" if n % 3 else "index",
        "_index": "logs-test",
        "@timestamp": "2026-11-22T01:02:03.000Z",
        "number": n,
        "message": bodies[n % len(bodies)],
    }
    for n in range(int(count))
)
stored, errors = helpers.bulk(client, actions, chunk_size=700, raise_on_error=False)
print("stored", stored, "errors", len(errors))
refused = client.bulk(operations=[{"delete": {"_index": "logs-test", "_id": "1"}}])
print("refused", refused["errors"], refused["items"][0]["delete"]["status"])
