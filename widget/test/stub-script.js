// What a blocker may serve in ChatKit's place: it loads, and defines nothing.
