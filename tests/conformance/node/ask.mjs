// Makes the calls of a file with the official Node clients, one after the other, and writes what came of each.
//
//   node ask.mjs CALLS RESULTS CONTROL PORT KEY
//
// CALLS: a JSON array of {client, resource, method, arguments, streamed}. RESULTS: as many {said} or {status, error},
// each with what the mock at port CONTROL was asked meanwhile. PORT: where the target listens.
import {readFileSync, writeFileSync} from "node:fs";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";

const [calls, results, control, port, apiKey] = process.argv.slice(2);
const where = `http://127.0.0.1:${port}`;
const clients = {
  openai: new OpenAI({baseURL: `${where}/v1`, apiKey, maxRetries: 0}),
  anthropic: new Anthropic({baseURL: where, apiKey, maxRetries: 0}),
};
const finals = {"chat.completions": "finalChatCompletion", responses: "finalResponse", messages: "finalMessage"};

async function ask(call) {
  const resource = call.resource.split(".").reduce((at, name) => at[name], clients[call.client]);
  if (call.method === "stream") {
    const live = resource.stream(call.arguments);
    const kinds = new Set();
    for await (const event of live) kinds.add(event.type ?? "chunk");
    return {final: await live[finals[call.resource]](), kinds: [...kinds].sort()};
  }
  const given = call.method === "retrieve" ? Object.values(call.arguments)[0] : call.arguments;
  const said = await resource[call.method](call.streamed ? {...given, stream: true} : given);
  if (!call.streamed) return said;
  const events = [];
  for await (const event of said) events.push(event);
  return {events};
}

async function turn(number) {
  return (await fetch(`http://127.0.0.1:${control}/turn/${number}`)).json();
}

const out = [];
for (const [number, call] of JSON.parse(readFileSync(calls, "utf-8")).entries()) {
  await turn(number);
  let came;
  try {
    came = {said: await ask(call)};
  } catch (error) {
    came = {status: error.status ?? 0, error: error.error ?? String(error)};
  }
  out.push({...came, asked: await turn(number)});
}
writeFileSync(results, JSON.stringify(out));
