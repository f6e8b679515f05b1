import { z } from "zod";
import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

const WriteSchema = z.object({ output_text: z.string(), citations: z.array(z.object({ title: z.string(), url: z.string() })) });
const write = new Agent({
  name: "Write",
  instructions: "Write the answer with citations.",
  model: "gpt-4.1",
  outputType: WriteSchema,
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
  return await withTrace("JSON", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const writeResultTemp = await runner.run(
      write,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...writeResultTemp.newItems.map((item) => item.rawItem));

    if (!writeResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const writeResult = {
      output_text: JSON.stringify(writeResultTemp.finalOutput),
      output_parsed: writeResultTemp.finalOutput
    };
    return writeResult;
  });
}
