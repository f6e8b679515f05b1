import { z } from "zod";
import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

const RewriteSchema = z.object({ question: z.string() });
const queryRewrite = new Agent({
  name: "Query rewrite",
  instructions: "Rewrite the user's question to be more specific.",
  model: "gpt-5",
  outputType: RewriteSchema,
  modelSettings: {
    reasoning: {
      effort: "low"
    },
    store: true
  }
});

const taskAssistant = new Agent({
  name: "Task assistant",
  instructions: "You help people to keep a list of their tasks.",
  model: "gpt-5",
  modelSettings: {
    reasoning: {
      effort: "low",
      summary: "auto"
    },
    store: true
  }
});

type WorkflowInput = { input_as_text: string };


// Main code entrypoint
export const runWorkflow = async (workflow: WorkflowInput) => {
  return await withTrace("New workflow", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const queryRewriteResultTemp = await runner.run(
      queryRewrite,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...queryRewriteResultTemp.newItems.map((item) => item.rawItem));

    if (!queryRewriteResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const queryRewriteResult = {
      output_text: JSON.stringify(queryRewriteResultTemp.finalOutput),
      output_parsed: queryRewriteResultTemp.finalOutput
    };
    const taskAssistantResultTemp = await runner.run(
      taskAssistant,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...taskAssistantResultTemp.newItems.map((item) => item.rawItem));

    if (!taskAssistantResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const taskAssistantResult = {
      output_text: taskAssistantResultTemp.finalOutput ?? ""
    };
  });
}
