// A chat endpoint of the AI SDK, as its documentation writes one, with the SDK's own mock of a model.
import { createServer } from "node:http";
import { convertToModelMessages, stepCountIs, simulateReadableStream, streamText, tool } from "ai";
import { MockLanguageModelV3 } from "ai/test";
import { z } from "zod";

const usage = {
  inputTokens: { total: 10, noCache: 10, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 5, text: 5, reasoning: undefined },
};
const finish = (unified) => ({ type: "finish", finishReason: { unified, raw: unified }, usage });

function chunksFor(prompt) {
  const users = prompt.filter((message) => message.role === "user");
  const last = prompt.at(-1);
  const text = users.at(-1).content.map((part) => part.text).join("");
  if (last.role === "user" && /weather|book/.test(text)) {
    const toolName = text.includes("weather") ? "get_weather" : "book";
    const id = `call-${prompt.length}`;
    return [
      { type: "stream-start", warnings: [] },
      { type: "tool-input-start", id, toolName },
      { type: "tool-input-delta", id, delta: '{"city":' },
      { type: "tool-input-delta", id, delta: '"Paris"}' },
      { type: "tool-input-end", id },
      { type: "tool-call", toolCallId: id, toolName, input: '{"city":"Paris"}' },
      finish("tool-calls"),
    ];
  }
  const output = last.role === "tool" ? JSON.stringify(last.content) : "";
  const words = !output
    ? [`You have said ${users.length}: `, text]
    : output.includes("celsius") ? ["It is ", "18 °C ", "in Paris."] : ["Done: ", output];
  return [
    { type: "stream-start", warnings: [] },
    { type: "text-start", id: "1" },
    ...words.map((delta) => ({ type: "text-delta", id: "1", delta })),
    { type: "text-end", id: "1" },
    finish("stop"),
  ];
}

const model = new MockLanguageModelV3({
  doStream: async ({ prompt }) => ({ stream: simulateReadableStream({ chunks: chunksFor(prompt) }) }),
});
const city = z.object({ city: z.string() });
const tools = {
  get_weather: tool({ inputSchema: city, execute: async ({ city }) => ({ city, celsius: 18 }) }),
  book: tool({ inputSchema: city, needsApproval: true, execute: async ({ city }) => `booked ${city}` }),
};

createServer(async (request, response) => {
  const pieces = [];
  for await (const piece of request) pieces.push(piece);
  try {
    const { messages } = JSON.parse(Buffer.concat(pieces).toString());
    const result = streamText({
      model, tools, stopWhen: stepCountIs(5), messages: await convertToModelMessages(messages),
    });
    result.pipeUIMessageStreamToResponse(response, { originalMessages: messages });
  } catch (error) {
    response.writeHead(400, { "Content-Type": "text/plain" }).end(String(error));
  }
}).listen(Number(process.argv[2]), "127.0.0.1");
