import { tool, Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";
import { z } from "zod";

// Tool definitions
const closeTask = tool({
  name: "closeTask",
  description: "Closes a task",
  parameters: z.object({
    id: z.string()
  }),
  needsApproval: true,
  execute: async (input: {id: string}) => {
    return `closed ${input.id}`;
  },
});
const worker = new Agent({
  name: "Worker",
  instructions: "Close tasks.",
  model: "gpt-4.1",
  tools: [
    closeTask
  ],
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
  return await withTrace("Tool", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const workerResultTemp = await runner.run(
      worker,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...workerResultTemp.newItems.map((item) => item.rawItem));

    if (!workerResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const workerResult = {
      output_text: workerResultTemp.finalOutput ?? ""
    };
    return workerResult;
  });
}
