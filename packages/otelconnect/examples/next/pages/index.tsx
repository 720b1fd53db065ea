export default function Home() {
  return <p>The service is at /api/echo.v1.EchoService</p>;
}
