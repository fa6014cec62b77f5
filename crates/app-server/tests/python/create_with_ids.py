"""Creates documents under ids of their own with the official client of Elasticsearch, as a sender with a retry does.

Arguments: URL, token, file with one document per line (its number is its id). Prints how far it has come after each
chunk, and at the end how many were stored, how many were there before (409), and how many failed otherwise.
"""

import json
import sys

from elasticsearch import Elasticsearch, helpers

url, token, path = sys.argv[1:]
client = Elasticsearch(url, bearer_auth=token, max_retries=0, request_timeout=30)
with open(path, encoding="utf-8") as file:
    documents = [json.loads(line) for line in file]
actions = (
    {"_op_type": "create", "_index": "logs-test", "_id": str(n), "_source": document}
    for n, document in enumerate(documents)
)
statuses = {}
done = 0
for _, result in helpers.streaming_bulk(client, actions, chunk_size=50, raise_on_error=False):
    status = result["create"]["status"]
    statuses[status] = statuses.get(status, 0) + 1
    done += 1
    if done % 50 == 0:
        print("at", done, flush=True)
stored, again = statuses.pop(201, 0), statuses.pop(409, 0)
print("stored", stored, "again", again, "other", sum(statuses.values()), flush=True)
