"""Sends numbered log records with the official SDK and exporters of OpenTelemetry.

Arguments: protocol (http or grpc), endpoint, token, number of records, compression (none or gzip), file of the
authority (or "-").
"""

import sys

from opentelemetry._logs import SeverityNumber
from opentelemetry.sdk._logs import LoggerProvider
from opentelemetry.sdk._logs.export import BatchLogRecordProcessor
from opentelemetry.sdk.resources import Resource

protocol, endpoint, token, count, compression, authority = sys.argv[1:]
headers = {"authorization": f"Bearer {token}"}
if protocol == "grpc":
    import grpc
    from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter

    packed = grpc.Compression.Gzip if compression == "gzip" else grpc.Compression.NoCompression
    if authority == "-":
        exporter = OTLPLogExporter(endpoint, insecure=True, headers=headers, compression=packed)
    else:
        with open(authority, "rb") as file:
            trust = grpc.ssl_channel_credentials(file.read())
        exporter = OTLPLogExporter(endpoint, credentials=trust, headers=headers, compression=packed)
else:
    from opentelemetry.exporter.otlp.proto.http import Compression
    from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter

    packed = Compression.Gzip if compression == "gzip" else Compression.NoCompression
    trust = {} if authority == "-" else {"certificate_file": authority}
    exporter = OTLPLogExporter(endpoint + "/v1/logs", headers=headers, compression=packed, **trust)

resource = Resource.create({"service.name": "cong-dich-vu", "host.name": "web01.camau.example"})
provider = LoggerProvider(resource=resource)
provider.add_log_record_processor(BatchLogRecordProcessor(exporter, max_queue_size=int(count), max_export_batch_size=512))
logger = provider.get_logger("test", "1.0")
for n in range(int(count)):
    logger.emit(
        timestamp=1_795_000_000_000_000_000 + n,
        severity_number=SeverityNumber.WARN,
        severity_text="WARN",
        body=f"Đăng nhập thất bại lần {n}",
        attributes={"number": n, "user.name": "quản trị", "list": ["a", "b"], "ratio": 0.5, "ok": True},
    )
provider.force_flush(120_000)
provider.shutdown()
