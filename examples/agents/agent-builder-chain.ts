import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

const collect = new Agent({
  name: "Collect",
  instructions: "Collect what is known.",
  model: "gpt-5",
  modelSettings: {
    reasoning: {
      effort: "low",
      summary: "auto"
    },
    store: true
  }
});

const plan = new Agent({
  name: "Plan",
  instructions: "Make a plan of it.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const polish = new Agent({
  name: "Polish",
  instructions: "Say it in short sentences.",
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
  return await withTrace("Chain", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const collectResultTemp = await runner.run(
      collect,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...collectResultTemp.newItems.map((item) => item.rawItem));

    if (!collectResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const collectResult = {
      output_text: collectResultTemp.finalOutput ?? ""
    };
    const planResultTemp = await runner.run(
      plan,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...planResultTemp.newItems.map((item) => item.rawItem));

    if (!planResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const planResult = {
      output_text: planResultTemp.finalOutput ?? ""
    };
    const polishResultTemp = await runner.run(
      polish,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...polishResultTemp.newItems.map((item) => item.rawItem));

    if (!polishResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const polishResult = {
      output_text: polishResultTemp.finalOutput ?? ""
    };
    return polishResult;
  });
}
