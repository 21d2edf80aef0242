"""Serves the bundled weather agent, which streams OpenAI-style chunks, for the scenarios beside this file.

python examples/scenarios/weather_agent.py
scenario run examples/scenarios
"""

import asyncio

from scenario.demo.weather_agent import weather_agent


async def main() -> None:
    async with weather_agent(port=8000) as url:
        print(f"The agent answers at {url}; Ctrl-C ends it.")
        await asyncio.Event().wait()


if __name__ == "__main__":
    try:
        asyncio.run(main())
    except KeyboardInterrupt:
        print()
