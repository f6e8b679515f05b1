import { hostedMcpTool, Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

// Tool definitions
const mcp = hostedMcpTool({
  serverLabel: "tracker",
  allowedTools: [
    "close_task"
  ],
  requireApproval: "always",
  serverUrl: "https://tracker.example.com/mcp"
})
const greet = new Agent({
  name: "Greet",
  instructions: "Say what you are going to do.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const tracker = new Agent({
  name: "Tracker",
  instructions: "Work with the tracker.",
  model: "gpt-4.1",
  tools: [
    mcp
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
  return await withTrace("MCP", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const greetResultTemp = await runner.run(
      greet,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...greetResultTemp.newItems.map((item) => item.rawItem));

    if (!greetResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const greetResult = {
      output_text: greetResultTemp.finalOutput ?? ""
    };
    const trackerResultTemp = await runner.run(
      tracker,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...trackerResultTemp.newItems.map((item) => item.rawItem));

    if (!trackerResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const trackerResult = {
      output_text: trackerResultTemp.finalOutput ?? ""
    };
    return trackerResult;
  });
}
