const scheme = location.protocol === "https:" ? "wss" : "ws"
const socket = new WebSocket(`${scheme}://${location.host}/ws/hello/`)
socket.onopen = () => socket.send("I am here")
socket.onmessage = event => console.log(event.data)
