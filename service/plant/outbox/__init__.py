"""What the plant tells the mill's systems: written with the facts in one transaction, sent until heard.

messages.py  what can be told: records and their JSON Schema
topics.py    where on an MQTT broker each message lies
compose.py   events and grades → messages; pure
dispositions.py  holds, releases and downgrades → messages
herald.py    figures of a shift that has ended
backoff.py   how long to wait after a failure
mqtt.py      to the broker; the only user of aiomqtt
signing.py   a webhook's signature
webhooks.py  to the webhooks
couriers.py  starts and stops those who send
"""
