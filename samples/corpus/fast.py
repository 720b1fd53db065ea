# fast.py NAME PORT UPSTREAM MODE: a FastAPI service that calls its upstream, if it has one.
import asyncio
import sys

import httpx
import uvicorn
from fastapi import BackgroundTasks, FastAPI
from fastapi.responses import StreamingResponse
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.fastapi import FastAPIInstrumentor
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor

name, port, upstream, mode = sys.argv[1:]
provider = TracerProvider(resource=Resource({"service.name": name}))
exporter = OTLPSpanExporter("http://127.0.0.1:16318/v1/traces")
provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=100))
trace.set_tracer_provider(provider)
HTTPXClientInstrumentor().instrument()
app = FastAPI()
client = httpx.AsyncClient()


async def pieces():
    if upstream:
        async with client.stream("GET", upstream) as response:
            async for piece in response.aiter_bytes():
                yield piece
    else:
        for _ in range(3):
            await asyncio.sleep(0.01)
            yield b"piece\n"


async def later():
    await client.get(upstream)


@app.get("/quote")
@app.get("/rates")
async def answer(tasks: BackgroundTasks):
    await asyncio.sleep(0.005)
    if mode == "stream":
        return StreamingResponse(pieces())
    if not upstream:
        await asyncio.sleep(0.02)
    elif mode == "background":
        tasks.add_task(later)
    elif mode == "parallel":
        await asyncio.gather(*(client.get(upstream) for _ in range(3)))
    else:
        await client.get(upstream)
    await asyncio.sleep(0.003)
    return {"ok": True}


FastAPIInstrumentor.instrument_app(app)
uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning")
