import { z } from "zod";
import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

// Guardrails definitions
const forbidden = ["password", "credit card"];

function guardrailsHasTripwire(results: { tripwireTriggered: boolean }[]): boolean {
    return results.some((r) => r.tripwireTriggered === true);
}

async function runAndApplyGuardrails(inputText: string) {
    const hits = forbidden.filter((word) => inputText.toLowerCase().includes(word));
    const results = [{ tripwireTriggered: hits.length > 0 }];
    const hasTripwire = guardrailsHasTripwire(results);
    return {
      results,
      hasTripwire,
      failOutput: { pii: { failed: hasTripwire, detected_counts: hits.map((hit) => `${hit}:1`) } },
      passOutput: { safe_text: inputText }
    };
}

const ClassifySchema = z.object({ category: z.enum(["tasks", "summary"]) });
const SummarySchema = z.object({ headline: z.string(), open: z.number() });
const classify = new Agent({
  name: "Classify",
  instructions: `Classify the user's intent into one of the following categories: "tasks" or "summary".`,
  model: "gpt-4.1-mini",
  outputType: ClassifySchema,
  modelSettings: {
    temperature: 0
  }
});

const tasks = new Agent({
  name: "Tasks",
  instructions: "You help people to keep a list of their tasks.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const summary = new Agent({
  name: "Summary",
  instructions: "Summarise the list.",
  model: "gpt-4.1",
  outputType: SummarySchema,
  modelSettings: {
    store: true
  }
});

type WorkflowInput = { input_as_text: string };


// Main code entrypoint
export const runWorkflow = async (workflow: WorkflowInput) => {
  return await withTrace("Classifier", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const guardrailsInputText = workflow.input_as_text;
    const { hasTripwire: guardrailsHasTripwire, failOutput: guardrailsFailOutput, passOutput: guardrailsPassOutput } = await runAndApplyGuardrails(guardrailsInputText);
    const guardrailsOutput = (guardrailsHasTripwire ? guardrailsFailOutput : guardrailsPassOutput);
    if (guardrailsHasTripwire) {
      return guardrailsOutput;
    } else {
      const classifyResultTemp = await runner.run(
        classify,
        [
          ...conversationHistory
        ]
      );

      if (!classifyResultTemp.finalOutput) {
          throw new Error("Agent result is undefined");
      }

      const classifyResult = {
        output_text: JSON.stringify(classifyResultTemp.finalOutput),
        output_parsed: classifyResultTemp.finalOutput
      };
      if (classifyResult.output_parsed.category == "summary") {
        const summaryResultTemp = await runner.run(
          summary,
          [
            ...conversationHistory
          ]
        );

        if (!summaryResultTemp.finalOutput) {
            throw new Error("Agent result is undefined");
        }

        const summaryResult = {
          output_text: JSON.stringify(summaryResultTemp.finalOutput),
          output_parsed: summaryResultTemp.finalOutput
        };
        return summaryResult;
      } else {
        const tasksResultTemp = await runner.run(
          tasks,
          [
            ...conversationHistory
          ]
        );
        conversationHistory.push(...tasksResultTemp.newItems.map((item) => item.rawItem));

        if (!tasksResultTemp.finalOutput) {
            throw new Error("Agent result is undefined");
        }

        const tasksResult = {
          output_text: tasksResultTemp.finalOutput ?? ""
        };
        return tasksResult;
      }
    }
  });
}
