"""The public REST API with OpenAPI; later Segment and Sensors ingest."""
