import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

const facts = new Agent({
  name: "Facts",
  instructions: "List the facts.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const risks = new Agent({
  name: "Risks",
  instructions: "List the risks.",
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
  return await withTrace("Parallel", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const [factsResultTemp, risksResultTemp] = await Promise.all([
      runner.run(
        facts,
        [
          ...conversationHistory
        ]
      ),
      runner.run(
        risks,
        [
          ...conversationHistory
        ]
      )
    ]);
    return { output_text: `${factsResultTemp.finalOutput}\n\n${risksResultTemp.finalOutput}` };
  });
}
