docker build --file examples/deploy/Dockerfile --tag oms .
docker run --detach --name oms --env-file oms.env --restart always \
    --publish 127.0.0.1:8001:8001 --stop-timeout 30 oms
