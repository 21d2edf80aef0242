"""A Gradio chat on loopback, with a generator of rules: pieces that each hold everything so far, and a failure."""

import os
import sys

import gradio


def said_by_users(message, history):
    return [str(one["content"]) for one in history if one["role"] == "user"] + [message]


def answer(message, history):
    users = said_by_users(message, history)
    said = "It is 18 °C in Paris." if "weather" in message else f"You have said {len(users)}: {message}"
    told = ""
    for word in said.split(" "):
        if "break" in message and word.startswith("it"):
            raise gradio.Error("the model broke")
        told += word + " "
        yield told.strip()


if __name__ == "__main__":
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    demo = gradio.ChatInterface(answer, api_name="chat")
    demo.launch(server_name="127.0.0.1", server_port=int(sys.argv[1]), quiet=True)
