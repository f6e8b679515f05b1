export const chatTag = 'taskpilot-chat';
