import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

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
  return await withTrace("Task assistant", async () => {
    const state = {

    };
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
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
    return taskAssistantResult;
  });
}
