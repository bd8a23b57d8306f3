"""An application with nothing but the receiver, served until it is stopped."""

import sys

import uvicorn
from fastapi import FastAPI

from api.webhooks import webhooks
from countinghouse.settings import load_settings

app = FastAPI()


@app.get("/up")
async def up() -> str:
    return "up"


app.include_router(webhooks(load_settings()))

if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
