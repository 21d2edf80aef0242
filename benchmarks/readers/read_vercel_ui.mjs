// Read bodies with the AI SDK's own chat and transport: what `useChat` wraps, without React around it.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { AbstractChat, DefaultChatTransport } from "ai";

class State {
  messages = [];
  status = "ready";
  error = undefined;
  pushMessage = (message) => { this.messages = [...this.messages, message]; };
  popMessage = () => { this.messages = this.messages.slice(0, -1); };
  replaceMessage = (index, message) => {
    this.messages = this.messages.map((old, place) => (place === index ? structuredClone(message) : old));
  };
  snapshot = (value) => structuredClone(value);
}

class Chat extends AbstractChat {
  constructor(options) {
    super({ ...options, state: new State() });
  }
}

async function reading(body) {
  let end;
  const headers = { "content-type": "text/event-stream" };
  const transport = new DefaultChatTransport({ fetch: async () => new Response(body, { headers }) });
  const chat = new Chat({ transport, onFinish: (told) => { end = told; } });
  await chat.sendMessage({ text: "hello" });
  if (chat.status !== "ready" || !end || end.isError || end.isAbort || end.isDisconnect) {
    return { text: null, signed: false, error: String(chat.error) };
  }
  const last = chat.lastMessage;
  const parts = last.role === "assistant" ? last.parts : [];
  const text = parts.filter((part) => part.type === "text").map((part) => part.text).join("");
  return { text, signed: end.finishReason !== undefined };
}

const { bodies } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const readings = [];
for (const body of bodies) readings.push(await reading(body));
const { version } = createRequire(import.meta.url)("ai/package.json");
console.log(JSON.stringify({ version, readings }));
