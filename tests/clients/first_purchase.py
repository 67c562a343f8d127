"""What a shop's programmer writes first, with the Python client. Arguments: the address, a key."""

import json
import sys
from datetime import UTC, datetime

import trouw_client
from trouw_client.api.activities_api import ActivitiesApi
from trouw_client.api.members_api import MembersApi

host, key = sys.argv[1:]
with trouw_client.ApiClient(trouw_client.Configuration(host=host, access_token=key)) as client:
    members, activities = MembersApi(client), ActivitiesApi(client)
    enrolled = members.enrol_member_with_http_info(
        "enrol-1",
        trouw_client.EnrolmentRequest(
            identifiers=["email:noor@example.nl"], given_name="Noor", touchpoint="webshop"
        ),
    )
    purchase = trouw_client.ActivitySubmission(
        type="purchase",
        member="email:noor@example.nl",
        external_id="order-1",
        occurred_at=datetime.now(UTC),
        channel="webshop",
        lines=[trouw_client.LineSubmission(product="emulsion", amount="25.00")],
    )
    first = activities.record_activity(purchase)
    again = activities.record_activity_with_http_info(purchase)
    why = activities.explain_activity(first.id)
    try:
        activities.record_activity(purchase.model_copy(update={"member": "email:nobody@x.nl"}))
        refused = ""
    except trouw_client.ApiException as error:
        refused = json.loads(error.body)["code"]
found = {
    "enrolled": enrolled.status_code,
    "points": first.points,
    "balance": first.balance,
    "again": [again.status_code, again.data.points],
    "why": why.points,
    "refused": refused,
}
sys.stdout.write(json.dumps(found))
