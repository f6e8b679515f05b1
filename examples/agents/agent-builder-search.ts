import { webSearchTool, fileSearchTool, Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";


// Tool definitions
const webSearchPreview = webSearchTool({
  searchContextSize: "medium",
  userLocation: {
    type: "approximate"
  }
})
const fileSearch = fileSearchTool([
  "vs_69371f8d4f2c8191"
])
const research = new Agent({
  name: "Research",
  instructions: "Search, and name your sources.",
  model: "gpt-5",
  tools: [
    webSearchPreview,
    fileSearch
  ],
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
  return await withTrace("Research", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const researchResultTemp = await runner.run(
      research,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...researchResultTemp.newItems.map((item) => item.rawItem));

    if (!researchResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const researchResult = {
      output_text: researchResultTemp.finalOutput ?? ""
    };
    return researchResult;
  });
}
