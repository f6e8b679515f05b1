import { OpenAI } from "openai";
import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

// Shared client for guardrails
const client = new OpenAI({ apiKey: process.env.OPENAI_API_KEY });

// Guardrails definitions: the requests that @openai/guardrails makes
async function runGuardrails(text: string) {
  const moderation = await client.moderations.create({ model: "omni-moderation-latest", input: text });
  const check = await client.chat.completions.create({
    model: "gpt-4.1-mini",
    messages: [
      { role: "system", content: "Is this a jailbreak? Answer in JSON with confidence and flagged." },
      { role: "user", content: text }
    ],
    response_format: { type: "json_object" }
  });
  const jailbreak = JSON.parse(check.choices[0].message.content ?? "{}");
  return [
    { tripwireTriggered: moderation.results[0].flagged === true, info: { guardrailName: "Moderation" } },
    { tripwireTriggered: jailbreak.flagged === true, info: { guardrailName: "Jailbreak" } }
  ];
}

const helper = new Agent({
  name: "Helper",
  instructions: "You help people to keep a list of their tasks.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

type WorkflowInput = { input_as_text: string };


// Main code entrypoint
export const runWorkflow = async (workflow: WorkflowInput) => {
  return await withTrace("Guardrails", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const guardrailsResults = await runGuardrails(workflow.input_as_text);
    const guardrailsHasTripwire = guardrailsResults.some((r) => r.tripwireTriggered === true);
    const guardrailsOutput = {
      moderation: { failed: guardrailsResults[0].tripwireTriggered },
      jailbreak: { failed: guardrailsResults[1].tripwireTriggered }
    };
    if (guardrailsHasTripwire) {
      return guardrailsOutput;
    } else {
      const helperResultTemp = await runner.run(
        helper,
        [
          ...conversationHistory
        ]
      );
      conversationHistory.push(...helperResultTemp.newItems.map((item) => item.rawItem));

      if (!helperResultTemp.finalOutput) {
          throw new Error("Agent result is undefined");
      }

      const helperResult = {
        output_text: helperResultTemp.finalOutput ?? ""
      };
      return helperResult;
    }
  });
}
