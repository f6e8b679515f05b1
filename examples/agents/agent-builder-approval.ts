import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

const approvalRequest = (message: string) => {

  // TODO: Implement
  return true;
}

const draft = new Agent({
  name: "Draft",
  instructions: "Write the mail.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const send = new Agent({
  name: "Send",
  instructions: "Say that the mail is on its way.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const discard = new Agent({
  name: "Discard",
  instructions: "Say that the mail is thrown away.",
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
  return await withTrace("Approval", async () => {
    const conversationHistory: AgentInputItem[] = [
      { role: "user", content: [{ type: "input_text", text: workflow.input_as_text }] }
    ];
    const runner = new Runner({
      traceMetadata: {
        __trace_source__: "agent-builder",
        workflow_id: "wf_6946b383d368819081b556e6e5fa66330d48d0c9ea4fccd8"
      }
    });
    const draftResultTemp = await runner.run(
      draft,
      [
        ...conversationHistory
      ]
    );
    conversationHistory.push(...draftResultTemp.newItems.map((item) => item.rawItem));

    if (!draftResultTemp.finalOutput) {
        throw new Error("Agent result is undefined");
    }

    const draftResult = {
      output_text: draftResultTemp.finalOutput ?? ""
    };
    const approvalMessage = `Send this mail? ${draftResult.output_text}`;

    if (approvalRequest(approvalMessage)) {
      const sendResultTemp = await runner.run(
        send,
        [
          ...conversationHistory
        ]
      );
      conversationHistory.push(...sendResultTemp.newItems.map((item) => item.rawItem));

      if (!sendResultTemp.finalOutput) {
          throw new Error("Agent result is undefined");
      }

      const sendResult = {
        output_text: sendResultTemp.finalOutput ?? ""
      };
      return sendResult;
    } else {
      const discardResultTemp = await runner.run(
        discard,
        [
          ...conversationHistory
        ]
      );
      conversationHistory.push(...discardResultTemp.newItems.map((item) => item.rawItem));

      if (!discardResultTemp.finalOutput) {
          throw new Error("Agent result is undefined");
      }

      const discardResult = {
        output_text: discardResultTemp.finalOutput ?? ""
      };
      return discardResult;
    }
  });
}
