import { z } from "zod";
import { Agent, AgentInputItem, Runner, withTrace } from "@openai/agents";

const ReviewSchema = z.object({ good: z.boolean() });
const draft = new Agent({
  name: "Draft",
  instructions: "Write a draft.",
  model: "gpt-4.1",
  modelSettings: {
    temperature: 1,
    topP: 1,
    maxTokens: 2048,
    store: true
  }
});

const review = new Agent({
  name: "Review",
  instructions: "Say whether the draft is good.",
  model: "gpt-4.1-mini",
  outputType: ReviewSchema,
  modelSettings: {
    temperature: 0
  }
});

type WorkflowInput = { input_as_text: string };


// Main code entrypoint
export const runWorkflow = async (workflow: WorkflowInput) => {
  return await withTrace("Loop", async () => {
    const state = {
      good: false,
      rounds: 0
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
    while (!state.good && state.rounds < 3) {
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
      const reviewResultTemp = await runner.run(
        review,
        [
          ...conversationHistory
        ]
      );

      if (!reviewResultTemp.finalOutput) {
          throw new Error("Agent result is undefined");
      }

      const reviewResult = {
        output_text: JSON.stringify(reviewResultTemp.finalOutput),
        output_parsed: reviewResultTemp.finalOutput
      };
      state.good = reviewResult.output_parsed.good;
      state.rounds = state.rounds + 1;
    }
    return state;
  });
}
